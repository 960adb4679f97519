internal import Glibc
internal import SallyportBytes

/// The bytes of a secret, in memory of their own that is overwritten when nobody needs them any more.
///
/// Prints nothing of them. What Swift copies out of it (a `String`, an array) is beyond its control:
/// look at the bytes in place.
package final class SecretValue: Sendable {
  // Written in the initialiser only, and freed when the last reference is gone.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer
  package let count: Int

  /// Copies the bytes.
  package init(_ bytes: UnsafeRawBufferPointer) {
    count = bytes.count
    base = .allocate(byteCount: max(bytes.count, 1), alignment: 1)
    if let source = bytes.baseAddress { base.copyMemory(from: source, byteCount: bytes.count) }
  }

  package convenience init(_ bytes: some Sequence<UInt8>) {
    var copy = Array(bytes)
    defer { copy.wipe() }
    self.init(copy: &copy)
  }

  private convenience init(copy: inout [UInt8]) {
    self.init(copy.withUnsafeBytes { UnsafeRawBufferPointer($0) })
  }

  deinit {
    explicit_bzero(base, count)
    base.deallocate()
  }

  /// Lends the bytes: they must not be kept.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  package var isEmpty: Bool { count == 0 }

  /// Without the line end that files and commands end with: one `\n` or `\r\n`.
  package var withoutLineEnd: SecretValue {
    withBytes { bytes in
      var rest = bytes[...]
      if rest.last == UInt8(ascii: "\n") {
        rest.removeLast()
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
      }
      return rest.count == bytes.count ? self : SecretValue(UnsafeRawBufferPointer(rebasing: rest))
    }
  }
}

extension SecretValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<redacted>" }
  package var debugDescription: String { "<redacted>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretValue: Hashable {
  package static func == (left: SecretValue, right: SecretValue) -> Bool {
    left.withBytes { left in
      right.withBytes { right in left.count == right.count && left.elementsEqual(right) }
    }
  }

  /// The length alone: nothing that is derived from the value leaves it.
  package func hash(into hasher: inout Hasher) { hasher.combine(count) }
}
