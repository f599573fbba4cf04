//! The shell over real TCP.

use super::*;
use crate::serve::{ServeOptions, start};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// One request over a connection of its own; none when the connection was cut without an answer.
fn talk(address: SocketAddr, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    if answer.is_empty() {
        return None;
    }
    read.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("server: heirloom-simulator"), "{head}");
    Some((head[9..12].parse().unwrap(), body.to_string()))
}

#[test]
fn a_gift_goes_the_whole_way_over_tcp_and_survives_a_restart() {
    let folder = std::env::temp_dir().join(format!("heirloom-sim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = ServeOptions { state_file: Some(folder.join("world.json")), ..ServeOptions::default() };
    let served = start(world(), 0, options.clone()).unwrap();
    assert!(served.address.ip().is_loopback());
    let at = served.address;
    assert_eq!(talk(at, "POST", GIFT, &gift("1", "5.00").to_string()), Some((200, String::new())));
    assert_eq!(talk(at, "GET", "/api/Gift/Legacy/1", "").unwrap().0, 404);
    talk(at, "POST", "/_sim/night", "").unwrap();
    served.stop().unwrap();

    let served = start(World::new(Rules::default()), 0, options).unwrap();
    let at = served.address;
    let imports: Value = serde_json::from_str(&talk(at, "GET", "/_sim/imports", "").unwrap().1).unwrap();
    assert_eq!((imports[0]["rows"].clone(), imports[0]["total_minor"].clone()), (json!(1), json!(500)));
    talk(at, "POST", "/_sim/run", "").unwrap();
    assert_eq!(talk(at, "GET", "/api/Gift/Legacy/1", "").unwrap().0, 200);
    assert_eq!(talk(at, "POST", "/_sim/stop", "").map(|answer| answer.0), Some(200));
    served.wait().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_lost_reply_is_a_cut_connection_and_the_effect_stays() {
    let faults = Faults { lose_reply: 1000, faults_max: 1, ..Faults::default() };
    let served = start(world_of(Rules { faults, ..Rules::default() }), 0, ServeOptions::default()).unwrap();
    let at = served.address;
    assert_eq!(talk(at, "POST", GIFT, &gift("1", "5.00").to_string()), None);
    assert_eq!(talk(at, "POST", GIFT, &gift("1", "5.00").to_string()).unwrap().0, 400);
    served.stop().unwrap();
}

#[test]
fn the_person_has_a_door_for_everything() {
    let served = start(
        World::new(Rules { create_new_contacts: true, ..Rules::default() }),
        0,
        ServeOptions::default(),
    )
    .unwrap();
    let at = served.address;
    let ask = |method: &str, path: &str, body: &str| -> (u16, Value) {
        let (status, body) = talk(at, method, path, body).unwrap();
        (status, serde_json::from_str(&body).unwrap())
    };
    assert_eq!(ask("POST", "/_sim/project", r#"{"code":"GEN","name":"General"}"#).1["id"], 101);
    assert_eq!(
        ask("POST", "/_sim/contact", r#"{"name":"Grace Church","contact_type":"Church"}"#).1["id"],
        1001
    );
    assert_eq!(ask("POST", "/_sim/contact", r#"{"nonsense":1}"#).0, 400);
    assert_eq!(ask("POST", "/_sim/tag?name=Migrated", "").0, 200);
    talk(at, "POST", GIFT, &stranger_gift("1", "d7").to_string()).unwrap();
    ask("POST", "/_sim/clock?advance_ms=86400000", "");
    assert_eq!(ask("GET", "/_sim/imports", "").1[0]["ready"], 1);
    assert_eq!(ask("POST", "/_sim/discard?import=1", "").1["done"], true);
    assert_eq!(ask("POST", "/_sim/discard?import=1", "").0, 404);
    for (name, length) in
        [("log", 2), ("requests", 1), ("gifts", 0), ("contacts", 1), ("projects", 1), ("tags", 1)]
    {
        assert_eq!(ask("GET", &format!("/_sim/{name}"), "").1.as_array().unwrap().len(), length, "{name}");
    }
    assert_eq!(ask("GET", "/_sim/rules", "").1["token"], "heirloom-simulator");
    assert_eq!(ask("POST", "/_sim/reset", r#"{"limit":1500}"#).1["contacts"], 0);
    assert_eq!(ask("GET", "/_sim/rules", "").1["limit"], 1500);
    assert_eq!(ask("GET", "/_sim/nothing", "").0, 404);
    served.stop().unwrap();
}
