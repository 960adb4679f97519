internal import SallyportBytes
internal import SallyportCore

/// What sealing and opening an entry have in common.
enum SealedLogEntry {
  /// Stands in the place of the stream in the last entry.
  static let end: UInt8 = 0

  static func fields(
    _ scope: SealedLogScope, keyOffset: UInt64, offset: UInt64, length: Int, timestamp: UInt64
  ) -> [UInt8] {
    var fields = scope.fields(purpose: "sallyport log entry", offset: offset)
    fields.add(keyOffset)
    fields.add(UInt64(length))
    fields.add(timestamp)
    return fields.bytes
  }
}
