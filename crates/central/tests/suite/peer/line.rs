//! The bytes of a connection, changed on their way by someone between the peer and head office.

use std::time::Duration;

use docket_testkit::dice::Dice;
use prost::bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::Endpoint;

use super::{Scene, wire};

/// What a connection may take that nobody ends.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes that a line without end carries.
const ENDLESS_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Bits are flipped.
    Flip,
    /// It breaks off.
    Break,
    /// What was sent is sent again.
    Replay,
    /// Bytes without end follow.
    Flood,
    /// It is not the protocol at all.
    Garbage,
    /// It is opened, and nothing is said.
    Silence,
}

impl Fault {
    pub fn drawn(dice: &mut Dice) -> Self {
        let faults = [Fault::Flip, Fault::Break, Fault::Replay, Fault::Flood, Fault::Garbage, Fault::Silence];
        *dice.pick(&faults).expect("six")
    }
}

pub async fn run(scene: &Scene, fault: Fault, dice: &mut Dice) {
    match fault {
        Fault::Silence => drop(TcpStream::connect(scene.address).await.expect("it listens")),
        Fault::Garbage => {
            let mut line = TcpStream::connect(scene.address).await.expect("it listens");
            let bytes: Vec<u8> = (0..dice.between(1, 8_192)).flat_map(|_| dice.bits().to_be_bytes()).collect();
            // It may be closed before all of it is written.
            let _ = line.write_all(&bytes).await;
            let _ = tokio::time::timeout(PATIENCE, line.read(&mut [0; 1_024])).await;
        }
        _ => between(scene, fault, dice).await,
    }
}

/// A true conversation over a line that is not.
async fn between(scene: &Scene, fault: Fault, dice: &mut Dice) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let at = dice.below(6_000);
    let changes = Dice::new(dice.bits(), 0);
    let server = scene.address;
    let carrying = tokio::spawn(async move {
        let (near, _) = listener.accept().await?;
        carry(near, TcpStream::connect(server).await?, fault, at, changes).await
    });
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address").timeout(PATIENCE);
    let rows = usize::try_from(scene.held).expect("few");
    let batch =
        docket_sync::rows_to(scene.hostile.log(), &crate::till::items(&scene.hostile.rows[rows..]), String::new());
    let message = docket_sync::v1::FromTill { message: Some(docket_sync::v1::from_till::Message::Rows(batch)) };
    let message: Bytes = prost::Message::encode_to_vec(&message).into();
    let talk = async {
        if let Ok(channel) = endpoint.connect().await {
            wire::send(channel, &scene.hostile_token, [wire::hello(), message].into_iter()).await;
        }
    };
    // Whoever waits for the rest of a frame waits for ever: this line is given up from here.
    let _ = tokio::time::timeout(PATIENCE, talk).await;
    carrying.abort();
    let _ = carrying.await;
}

async fn carry(
    mut near: TcpStream,
    mut far: TcpStream,
    fault: Fault,
    at: usize,
    mut dice: Dice,
) -> std::io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 16 * 1024], vec![0; 64 * 1024]);
    let mut carried = 0;
    loop {
        tokio::select! {
            read = near.read(&mut asked) => {
                let bytes = &mut asked[..read?];
                if bytes.is_empty() { return Ok(()); }
                let here = carried <= at && at < carried + bytes.len();
                carried += bytes.len();
                if here {
                    harm(&mut far, bytes, fault, &mut dice).await?;
                    if matches!(fault, Fault::Break | Fault::Flood) { return Ok(()); }
                } else {
                    far.write_all(bytes).await?;
                }
            }
            read = far.read(&mut answered) => {
                let bytes = &answered[..read?];
                if bytes.is_empty() { return Ok(()); }
                near.write_all(bytes).await?;
            }
        }
    }
}

async fn harm(far: &mut TcpStream, bytes: &mut [u8], fault: Fault, dice: &mut Dice) -> std::io::Result<()> {
    match fault {
        Fault::Flip => {
            for _ in 0..dice.between(1, 4) {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            far.write_all(bytes).await
        }
        Fault::Break => far.write_all(&bytes[..dice.below(bytes.len())]).await,
        Fault::Replay => {
            let from = dice.below(bytes.len());
            far.write_all(bytes).await?;
            far.write_all(&bytes[from..]).await
        }
        _ => {
            far.write_all(bytes).await?;
            let flood = vec![u8::try_from(dice.below(256)).expect("a byte"); 64 * 1024];
            for _ in 0..ENDLESS_BYTES / flood.len() {
                far.write_all(&flood).await?;
            }
            Ok(())
        }
    }
}
