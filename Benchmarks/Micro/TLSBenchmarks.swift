import Benchmark
import NIOCore

/// Records of one TLS 1.3 connection, and handshakes with certificates on both sides.
enum TLSBenchmarks {
  static func register() {
    func pair() throws -> TLSPair { try TLSPair(TLSWorld()) }

    for (name, size) in [("64b", 64), ("16k", 16 << 10), ("128k", 128 << 10)] {
      let data = ByteBuffer(repeating: 0x5A, count: size)
      let operations = size < 1_024 ? 100 : 1
      measured("tls/encrypt-\(name)", bytes: size, operations: operations, prepare: pair) { pair in
        blackHole(try pair.encrypt(data))
      }
      measured(
        "tls/encrypt-and-decrypt-\(name)", bytes: size, operations: operations, prepare: pair
      ) { pair in
        try pair.carry(data)
      }
    }
    measured("tls/handshake", bytes: 0, prepare: TLSWorld.init) { world in
      blackHole(try TLSPair(world))
    }
  }
}
