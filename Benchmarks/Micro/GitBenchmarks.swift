import Benchmark
import BenchmarkSupport
import SallyportGitProtocol

/// What the VCS agent reads of Git's protocol, and what it keeps back.
enum GitBenchmarks {
  private static let heads = FetchPermission.refs { $0.utf8.starts(with: "refs/heads/".utf8) }
  private static let count = 10_000

  static func register() {
    let refs = listing()
    measured("git/ls-refs-10000", bytes: refs.count, prepare: { refs }) { refs in
      var shown = ShownObjects()
      var filter = LsRefsFilter(permission: heads)
      for piece in refs.chunks(of: 64 << 10) {
        blackHole(try filter.receive(Array(piece), showing: &shown))
      }
      try filter.finish()
      guard filter.refs.withheld == count / 4 else { throw Failure("\(filter.refs)") }
    }
    let pack = lines()
    measured("git/pkt-lines-1m", bytes: pack.count, prepare: { pack }) { pack in
      var parser = PktLineParser()
      var bytes = 0
      for piece in pack.chunks(of: 64 << 10) {
        parser.supply(piece)
        while let line = try parser.next() {
          if case .data(let data) = line { bytes += data.count }
        }
      }
      guard bytes > 0 else { throw Failure("no line was read") }
    }
    let fetch = request()
    measured("git/fetch-request", bytes: fetch.count, prepare: shown) { shown in
      var inspector = FetchRequestInspector(permission: heads)
      blackHole(try inspector.receive(fetch, shown: shown))
      blackHole(try inspector.finish(shown: shown))
    }
  }

  private static func id(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "a", count: 40 - digits.count) + digits
  }

  /// An answer to `ls-refs`, of which a quarter is kept back.
  private static func listing() -> [UInt8] {
    var writer = PktLineWriter()
    for number in 0..<count {
      writer.line("\(id(number)) refs/\(number % 4 == 0 ? "pull" : "heads")/branch-\(number)")
    }
    writer.flush()
    return writer.bytes
  }

  /// A MiB of packets as they are in a pack's answer.
  private static func lines() -> [UInt8] {
    var writer = PktLineWriter()
    while writer.bytes.count < 1 << 20 {
      writer.data([1] + [UInt8](repeating: 0x5A, count: 8_191))
    }
    writer.flush()
    return writer.bytes
  }

  /// As git's client asks for a branch, with what it has.
  private static func request() -> [UInt8] {
    var writer = PktLineWriter()
    writer.line("command=fetch")
    writer.line("agent=git/2.39.5")
    writer.line("object-format=sha1")
    writer.delimiter()
    for line in ["thin-pack", "no-progress", "ofs-delta", "want \(id(1))"] { writer.line(line) }
    for number in 100..<132 { writer.line("have \(id(number))") }
    writer.line("done")
    writer.flush()
    return writer.bytes
  }

  private static func shown() throws -> ShownObjects {
    var shown = ShownObjects()
    var filter = LsRefsFilter(permission: heads)
    blackHole(try filter.receive(listing(), showing: &shown))
    return shown
  }
}

extension [UInt8] {
  /// As they come from a socket.
  fileprivate func chunks(of size: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
