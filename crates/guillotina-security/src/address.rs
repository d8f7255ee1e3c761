//! What a client's address counts as.

use std::net::{IpAddr, Ipv6Addr};

/// The address that a client is counted by: an IPv6 network hands whole /64s to one client, and an IPv4 address is the same in
/// both its forms. Loopback is not counted.
///
/// ```
/// use guillotina_security::address::counted;
/// let of = |text: &str| counted(text.parse().unwrap()).map(|address| address.to_string());
/// assert_eq!(of("2001:db8::1:2"), Some("2001:db8::".into()));
/// assert_eq!(of("::ffff:192.0.2.1"), Some("192.0.2.1".into()));
/// assert_eq!(of("127.0.0.1"), None);
/// ```
pub fn counted(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()),
        address => Some(address),
    }
}
