/// A message longer than ``MessageFraming/maximumLength``.
struct MessageTooLong: Error {
  let length: UInt32
}
