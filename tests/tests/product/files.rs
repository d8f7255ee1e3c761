//! Static files (rows S-080, S-081, T-009, Z-006, Z-007).

use guillotina_tests::{Answer, Client, SETTINGS, Server};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A server with a folder, a file and an application, which are made after its start: that needs no restart.
async fn server() -> Server {
    let server =
        Server::with("[static]\nfiles = \"files\"\n\"robots.txt\" = \"files/robots.txt\"\n[jsapps]\napp = \"app\"\n")
            .await;
    let folder = server.folder();
    write(folder, "files/robots.txt", b"User-agent: *\n");
    write(folder, "files/digits.bin", b"0123456789");
    write(folder, "files/a b.txt", "long enough to be compressed \u{fc}\n".repeat(60).as_bytes());
    write(folder, "files/sub/index.htm", b"<p>index</p>");
    write(folder, "files/.env", b"SECRET=1");
    write(folder, "app/index.html", b"<p>the app</p>");
    write(folder, "app/_next/a.js", b"export {}");
    write(folder, "outside.txt", b"outside");
    symlink(folder.join("outside.txt"), folder.join("files/out.txt")).unwrap();
    symlink("..", folder.join("files/up")).unwrap();
    symlink("digits.bin", folder.join("files/inside.bin")).unwrap();
    symlink("loop", folder.join("files/loop")).unwrap();
    server
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

async fn get(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.send("GET", path, None, headers).await
}

#[tokio::test]
async fn files_have_a_type_a_validator_and_a_name_s_080() {
    let server = server().await;
    let client = server.anonymous();
    let found = client.get("/files/robots.txt").await;
    assert_eq!((found.status, found.text().as_str()), (200, "User-agent: *\n"));
    assert_eq!(found.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(found.header("content-disposition"), Some("inline; filename=\"robots.txt\""));
    assert_eq!(found.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(client.get("/robots.txt").await.text(), "User-agent: *\n");
    let bytes = client.get("/files/digits.bin").await;
    assert_eq!(bytes.header("content-disposition"), Some("attachment; filename=\"digits.bin\""));
    let tag = bytes.header("etag").unwrap().to_owned();
    let same = get(&client, "/files/digits.bin", &[("if-none-match", &format!("\"x\", {tag}"))]).await;
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(&*tag)));
    write(server.folder(), "files/digits.bin", b"01234567890");
    let other = get(&client, "/files/digits.bin", &[("if-none-match", &tag)]).await;
    assert_eq!((other.status, other.body.len()), (200, 11));
    // HEAD says what GET would, without the bytes.
    let head = client.send("HEAD", "/files/digits.bin", None, &[("range", "bytes=0-1")]).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("11"), 0));
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let refused = client.send(method, "/files/digits.bin", Some(b"{}"), &[]).await;
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET,HEAD,OPTIONS")), "{method}");
    }
}

#[tokio::test]
async fn parts_of_files_rfc_9110() {
    let server = server().await;
    let client = server.anonymous();
    for (range, part, of) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=8-100", "89", "bytes 8-9/10"),
        ("bytes=-100", "0123456789", "bytes 0-9/10"),
    ] {
        let found = get(&client, "/files/digits.bin", &[("range", range)]).await;
        assert_eq!((found.status, found.text().as_str()), (206, part), "{range}");
        assert_eq!(
            (found.header("content-range"), found.header("accept-ranges")),
            (Some(of), Some("bytes")),
            "{range}"
        );
    }
    let behind = get(&client, "/files/digits.bin", &[("range", "bytes=10-")]).await;
    assert_eq!((behind.status, behind.header("content-range")), (416, Some("bytes */10")));
    for ignored in ["bytes=4-2", "bytes=0-1,3-4", "lines=1-2"] {
        let found = get(&client, "/files/digits.bin", &[("range", ignored)]).await;
        assert_eq!((found.status, found.text().as_str()), (200, "0123456789"), "{ignored}");
    }
    let tag = client.get("/files/digits.bin").await.header("etag").unwrap().to_owned();
    for (condition, status) in [(&*tag, 206), ("\"other\"", 200)] {
        let found = get(&client, "/files/digits.bin", &[("range", "bytes=0-0"), ("if-range", condition)]).await;
        assert_eq!(found.status, status, "{condition}");
    }
}

#[tokio::test]
async fn text_is_compressed_for_who_takes_it() {
    let server = server().await;
    let client = server.anonymous();
    let plain = client.get("/files/a%20b.txt").await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("accept-encoding")));
    let packed = get(&client, "/files/a%20b.txt", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len() / 4);
    assert_ne!(packed.header("etag"), plain.header("etag"));
    let tag = packed.header("etag").unwrap();
    let same = get(&client, "/files/a%20b.txt", &[("accept-encoding", "gzip"), ("if-none-match", tag)]).await;
    assert_eq!(same.status, 304);
    let part = get(&client, "/files/a%20b.txt", &[("accept-encoding", "gzip"), ("range", "bytes=0-3")]).await;
    assert_eq!((part.status, part.header("content-encoding"), part.text().as_str()), (206, None, "long"));
    // What is no text is sent as it is.
    let bytes = get(&client, "/files/digits.bin", &[("accept-encoding", "gzip")]).await;
    assert_eq!((bytes.header("content-encoding"), bytes.header("vary")), (None, None));
}

#[tokio::test]
async fn no_path_leads_out_of_a_folder_s_081() {
    let server = server().await;
    let client = server.anonymous();
    assert_eq!(client.get("/files/inside.bin").await.text(), "0123456789");
    for path in [
        "/files/out.txt",
        "/files/up/outside.txt",
        "/files/up/",
        "/files/loop",
        "/files/../outside.txt",
        "/files/%2e%2e/outside.txt",
        "/files/..%2foutside.txt",
        "/files/..%5coutside.txt",
        "/files/.env",
        "/files/nothing.txt",
        "/files/robots.txt/",
        "/files/robots.txt/x",
        "/files/a%00b",
        "/files/",
        "/robots.txt/x",
    ] {
        let found = client.get(path).await;
        assert!([400, 404].contains(&found.status), "{path}: {} {}", found.status, found.text());
    }
    // A folder answers with its index, at the path from which relative links are right.
    let moved = client.get("/files/sub?a=b").await;
    assert_eq!((moved.status, moved.header("location")), (308, Some("/files/sub/?a=b")));
    assert_eq!(client.get("/files/sub/").await.text(), "<p>index</p>");
}

#[tokio::test]
async fn an_application_answers_unknown_paths_with_its_index_t_009() {
    let server = server().await;
    let client = server.anonymous();
    assert_eq!(client.get("/app").await.header("location"), Some("/app/"));
    for path in ["/app/", "/app/some/route", "/app/_next/", "/app/_next"] {
        let found = client.get(path).await;
        assert_eq!((found.status, found.text().as_str()), (200, "<p>the app</p>"), "{path}");
    }
    assert_eq!(client.get("/app/_next/a.js").await.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(client.get("/app/..%2f").await.status, 400);
    let listed = client.get("/").await.expect(200);
    assert_eq!(
        (&listed["static_file"], &listed["static_directory"]),
        (&json!(["robots.txt"]), &json!(["files", "app"]))
    );
}

#[tokio::test]
async fn large_files_are_streamed_and_come_whole() {
    let server = server().await;
    let large: Vec<u8> = (0..20_000_000u32).map(|at| (at % 251) as u8).collect();
    write(server.folder(), "files/large.txt", &large);
    let client = server.anonymous();
    let found = get(&client, "/files/large.txt", &[("accept-encoding", "gzip")]).await;
    assert_eq!((found.status, found.header("content-encoding")), (200, None));
    assert!(found.body == large, "{} bytes", found.body.len());
    let part = get(&client, "/files/large.txt", &[("range", "bytes=19999990-")]).await;
    assert!(part.body == large[19_999_990..]);
}

#[tokio::test]
async fn the_page_of_a_plugin_is_in_the_binary_and_strict_h_012() {
    let server = Server::start().await;
    let client = server.anonymous();
    assert_eq!(client.get("/chat").await.header("location"), Some("/chat/"));
    let page = client.get("/chat/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let packed = get(&client, "/chat/chat.js", &[("accept-encoding", "gzip")]).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")));
    let part = get(&client, "/chat/chat.js", &[("range", "bytes=0-1")]).await;
    assert_eq!((part.status, part.text().as_str()), (206, "//"));
    for path in ["/chat/nothing", "/chat/index.html/", "/chat/../settings.toml"] {
        assert_eq!(client.get(path).await.status, 404, "{path}");
    }
    // The operator's own page takes its place.
    let other = Server::with("[static]\nchat = \"page\"\n").await;
    write(other.folder(), "page/index.html", b"mine");
    assert_eq!(other.anonymous().get("/chat/").await.text(), "mine");
}

#[tokio::test]
async fn mistakes_in_names_are_found_before_the_start_z_006() {
    use guillotina_tests::{Binary, run};
    let folder = tempfile::TempDir::new().unwrap();
    for (tables, code, said) in [
        ("[static]\ndb = \"x\"\n", 78, "static.\"db\" and the database \"db\" are both at /db"),
        ("[static]\na = \"x\"\n[jsapps]\na = \"y\"\n", 78, "\"a\" is in `static` and in `jsapps`"),
        ("[static]\n\"a/b\" = \"x\"\n", 78, "is not one segment of a path"),
        ("[jsapps]\n\"@a\" = \"x\"\n", 78, "begins with a character"),
        ("[databases.chat]\nstorage = \"DUMMY\"\n", 78, "the database \"chat\" is at /chat"),
        ("[static]\na = \"nowhere\"\n", 0, "there is no file or folder \"nowhere\""),
        ("[jsapps]\na = \"some.package:static\"\n", 0, "there are no Python packages here"),
    ] {
        fs::write(folder.path().join("settings.toml"), format!("{SETTINGS}{tables}")).unwrap();
        let output = run(Binary::Guillotina, folder.path(), &["-c", "settings.toml", "check"]);
        assert_eq!(output.code, Some(code), "{tables}: {}", output.all());
        assert!(output.all().contains(said), "{tables}: {}", output.all());
    }
}
