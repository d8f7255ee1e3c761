//! `trusted_proxies`: whose `X-Forwarded-…` headers count (row C-029 ⚠).

use http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The addresses and networks of the setting.
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// The setting, prepared once.
    pub fn new(written: &[String]) -> Self {
        Proxies(written.iter().filter_map(|text| network(text)).collect())
    }

    /// Whether what this address forwards is believed.
    pub fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The client's address: behind trusted proxies, the last one in `X-Forwarded-For` that is none of theirs. Those
    /// before it were written by the client, who may write anything.
    pub fn client(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trust(client) {
            return client;
        }
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let mut named: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        while let Some(address) = named.pop().and_then(forwarded) {
            client = address;
            if !self.trust(client) {
                break;
            }
        }
        client
    }
}

/// An address or a network of addresses.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical())))
}

/// An address as proxies write it: some add the port.
fn forwarded(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().or_else(|_| text.parse::<SocketAddr>().map(|with_port| with_port.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies = Proxies::new(&trusted.iter().map(|t| t.to_string()).collect::<Vec<_>>());
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        proxies.client(&headers, peer.parse().unwrap()).to_string()
    }

    #[test]
    fn only_trusted_proxies_name_clients_c_029() {
        assert_eq!(client(&[], "127.0.0.1", &["192.0.2.1"]), "127.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.9", &["192.0.2.1"]), "192.0.2.9");
        let trusted = ["127.0.0.1", "10.0.0.0/8"];
        assert_eq!(client(&trusted, "127.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client(&trusted, "::ffff:10.1.1.1", &["192.0.2.1:4711"]), "192.0.2.1");
        assert_eq!(client(&trusted, "127.0.0.1", &["1.1.1.1, 192.0.2.1, 10.2.2.2"]), "192.0.2.1");
        assert_eq!(client(&trusted, "127.0.0.1", &["1.1.1.1", "2001:db8::1"]), "2001:db8::1");
        assert_eq!(client(&trusted, "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client(&trusted, "127.0.0.1", &["192.0.2.1, unknown"]), "127.0.0.1", "who it was cannot be known");
        assert_eq!(client(&trusted, "127.0.0.1", &["10.2.2.2"]), "10.2.2.2", "a client of the inner network");
    }
}
