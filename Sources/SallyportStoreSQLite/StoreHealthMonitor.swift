import Glibc
import SallyportStore
import Synchronization

/// Knows whether the store takes new work: from what its writes meet, and from the room that is left
/// on its disk.
///
/// Below the reserve new work is refused, so that what runs can still end and be recorded. Below a
/// quarter of it logs wait with their workers as well, so that what is left serves leases and
/// results.
final class StoreHealthMonitor: StoreHealthReporting {
  private struct State {
    var fault: StoreFault?
    var free: Int64 = .max
  }

  private let folder: String
  private let reserve: Int64
  private let state = Mutex(State())

  /// - Parameter reserve: Bytes; zero for none.
  init(path: String, reserve: Int) {
    folder = path.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? "."
    self.reserve = Int64(reserve)
  }

  var health: StoreHealth {
    let state = state.withLock { $0 }
    if let fault = state.fault { return .refusing(reason: fault.reason) }
    if state.free < reserve { return .refusing(reason: Self.lowSpace(state.free, reserve)) }
    return .ok
  }

  /// A commit that changed something went through.
  func noteSuccess() { state.withLock { $0.fault = nil } }

  /// Other errors than faults say nothing about the store.
  func noteFailure(_ error: any Error) {
    guard let fault = StoreFault(error) else { return }
    state.withLock { $0.fault = fault }
  }

  /// Looks at the disk; from the writer's thread.
  func noteFreeSpace() {
    guard reserve > 0 else { return }
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return }
    let free = Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    state.withLock { $0.free = free }
  }

  /// - Throws: ``StoreError/Code/unavailable`` where what is left is for work that goes on.
  func requireRoomForNewWork() throws(StoreError) { try requireRoom(reserve) }

  /// - Throws: ``StoreError/Code/unavailable`` where what is left is for leases and results.
  func requireRoomForLogs() throws(StoreError) { try requireRoom(reserve / 4) }

  private func requireRoom(_ bytes: Int64) throws(StoreError) {
    let free = state.withLock { $0.free }
    guard free < bytes else { return }
    throw StoreError(code: .unavailable, message: Self.lowSpace(free, reserve))
  }

  private static func lowSpace(_ free: Int64, _ reserve: Int64) -> String {
    "the store's disk is full: \(free >> 20) MiB are free, \(reserve >> 20) MiB are kept for jobs "
      + "that run; make room, and the gateway goes on by itself"
  }
}
