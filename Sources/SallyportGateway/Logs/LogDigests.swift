import Crypto
import SallyportCore
import SallyportStore
import Synchronization

/// Hashes logs as they arrive, so that finishing a long one does not read it all again.
///
/// Only a cache: what is not here, after a restart for instance, is hashed from the store.
final class LogDigests: Sendable {
  private struct Entry {
    var length: UInt64
    var hasher: SHA256
  }

  /// Attempts that are hashed at once; one more is hashed when it finishes.
  private static let capacity = 10_000
  /// Bytes read from the store at once.
  private static let readSize = 1 << 20

  private let entries = Mutex<[AttemptID: Entry]>([:])

  /// Bytes that have just become durable at `offset`.
  func update(_ attempt: AttemptID, at offset: UInt64, _ bytes: ArraySlice<UInt8>) {
    entries.withLock { entries in
      var entry = entries[attempt] ?? Entry(length: 0, hasher: SHA256())
      guard entry.length == offset, entries[attempt] != nil || entries.count < Self.capacity
      else { return }
      entry.hasher.update(data: bytes)
      entry.length += UInt64(bytes.count)
      entries[attempt] = entry
    }
  }

  /// SHA-256 of the first `length` stored bytes.
  func digest(
    of attempt: AttemptID, tenant: TenantName, length: UInt64, store: any Store
  ) async throws -> [UInt8] {
    var entry = entries.withLock { $0[attempt] } ?? Entry(length: 0, hasher: SHA256())
    if entry.length > length { entry = Entry(length: 0, hasher: SHA256()) }
    while entry.length < length {
      let limit = Int(min(length - entry.length, UInt64(Self.readSize)))
      let bytes = try await store.readLog(
        of: attempt, of: tenant, from: entry.length, limit: limit)
      guard !bytes.isEmpty else { break }
      entry.hasher.update(data: bytes)
      entry.length += UInt64(bytes.count)
    }
    return Array(entry.hasher.finalize())
  }

  func forget(_ attempt: AttemptID) { entries.withLock { $0[attempt] = nil } }
}
