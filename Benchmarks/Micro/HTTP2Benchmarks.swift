import NIOCore
import SallyportHTTP2

/// Frames written by one engine and read by another, both of which count.
enum HTTP2Benchmarks {
  static func register() {
    for (name, size) in [("1m", 1 << 20), ("64b", 64)] {
      let data = ByteBuffer(repeating: 0x5A, count: size)
      let operations = size < 1_024 ? 100 : 1
      measured(
        "http2/server-to-client-\(name)", bytes: size, operations: operations,
        prepare: HTTP2Pair.init
      ) { pair in
        try pair.send(data, from: pair.server)
      }
      measured(
        "http2/client-to-server-\(name)", bytes: size, operations: operations,
        prepare: HTTP2Pair.init
      ) { pair in
        try pair.send(data, from: pair.client)
      }
    }
    measured("http2/exchange-of-headers", bytes: 0, prepare: HTTP2Pair.init) { pair in
      try pair.exchange()
    }
  }
}
