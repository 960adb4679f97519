import Glibc
import Synchronization

@testable import SallyportLedger

/// A disk that fails now and then, and from which a power cut takes what was not written through.
final class FlakyDisk: Sendable {
  private struct Unsynchronized {
    let path: String
    let offset: Int64
    /// What was there before; shorter where the file ended.
    let old: [UInt8]
    let count: Int
  }

  private struct State {
    var generator: SeededGenerator
    var isFailing = true
    var writes: [Unsynchronized] = []
  }

  private let state: Mutex<State>

  init(seed: UInt64) { state = Mutex(State(generator: SeededGenerator(seed: seed))) }

  func setFailing(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }

  var calls: LedgerCalls {
    var calls = LedgerCalls()
    calls.write = { [self] file, bytes, offset in write(file, bytes, offset) }
    calls.synchronize = { [self] file in synchronize(file) }
    return calls
  }

  private func write(_ file: Int32, _ bytes: UnsafeRawBufferPointer, _ offset: Int64) -> Int {
    state.withLock { state in
      var count = bytes.count
      if state.isFailing, Int.random(in: 0..<8, using: &state.generator) == 0 {
        count = Int.random(in: 0..<bytes.count, using: &state.generator)
        if count == 0 || Bool.random(using: &state.generator) { return -Int(ENOSPC) }
      }
      var old = [UInt8](repeating: 0, count: count)
      let found = pread(file, &old, count, off_t(offset))
      let written = pwrite(file, bytes.baseAddress, count, off_t(offset))
      state.writes.append(
        Unsynchronized(
          path: Self.path(of: file), offset: offset, old: Array(old.prefix(max(found, 0))),
          count: max(written, 0)))
      return written
    }
  }

  private func synchronize(_ file: Int32) -> Int32 {
    state.withLock { state in
      if state.isFailing, Int.random(in: 0..<8, using: &state.generator) == 0 { return EIO }
      let path = Self.path(of: file)
      state.writes.removeAll { $0.path == path }
      return 0
    }
  }

  /// Of each write that was not synchronised, all, a part or nothing has reached the disk; of `head`,
  /// which is smaller than a sector, all or nothing.
  func cutPower() {
    state.withLock { state in
      for write in state.writes.reversed() {
        let file = open(write.path, O_RDWR)
        guard file >= 0 else { continue }
        defer { close(file) }
        var lost = 0..<write.count
        switch Int.random(in: 0..<3, using: &state.generator) {
        case 0: continue
        case 1 where !write.path.hasSuffix("/head"):
          let bounds = [0, 1].map { _ in Int.random(in: 0...write.count, using: &state.generator) }
          lost = min(bounds[0], bounds[1])..<max(bounds[0], bounds[1])
        default: break
        }
        for index in lost {
          var byte = index < write.old.count ? write.old[index] : 0
          _ = pwrite(file, &byte, 1, off_t(write.offset) + off_t(index))
        }
        if lost.upperBound == write.count, write.old.count < write.count,
          Bool.random(using: &state.generator)
        {
          ftruncate(file, off_t(write.offset) + off_t(max(lost.lowerBound, write.old.count)))
        }
      }
      state.writes = []
    }
  }

  private static func path(of file: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/fd/\(file)", &buffer, buffer.count)
    return String(
      decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
