import NIOCore

/// Cuts the data of one stream into gRPC messages ("Length-Prefixed-Message" in gRPC over HTTP/2).
///
/// Holds bytes that have arrived and never allocates by what a prefix announces. A message that
/// arrived in one piece is a slice of that piece; where it is a small part of it, it is copied, so
/// that neither it nor the start of the next one keeps a large receive buffer alive.
struct GRPCDeframer {
  struct Message {
    var bytes: ByteBuffer
    /// Prefix included.
    var wireLength: Int
  }

  enum Failure: Error, Hashable {
    case tooLarge(announced: Int, limit: Int)
    /// Compressed flag 1 where no compression was negotiated.
    case unexpectedCompression
    /// Compressed flag 2 to 255.
    case invalidFlag(UInt8)
  }

  private static var copyThreshold: Int { 4_096 }
  /// What is less than this part of its storage is copied out of it.
  private static var storageShare: Int { 4 }

  let limit: Int
  private var buffered = ByteBuffer()

  init(limit: Int) { self.limit = limit }

  /// Bytes of a message that is not complete yet.
  var partialBytes: Int { buffered.readableBytes }

  /// Bytes of memory behind them.
  var storageCapacity: Int { buffered.storageCapacity }

  /// Length of the incomplete message, prefix included; what is known of it.
  var announcedLength: Int {
    let length = buffered.getInteger(at: buffered.readerIndex + 1, as: UInt32.self)
    return TransportBytes.prefixLength + Int(length ?? 0)
  }

  mutating func append(_ data: ByteBuffer) {
    if buffered.readableBytes == 0 {
      buffered = data
    } else {
      // What has been read stays in front otherwise, for as long as data ends inside messages.
      buffered.discardReadBytes()
      buffered.writeImmutableBuffer(data)
    }
  }

  mutating func next() throws(Failure) -> Message? {
    guard let flag = buffered.getInteger(at: buffered.readerIndex, as: UInt8.self) else {
      buffered = ByteBuffer()
      return nil
    }
    switch flag {
    case 0: break
    case 1: throw .unexpectedCompression
    default: throw .invalidFlag(flag)
    }
    guard let announced = buffered.getInteger(at: buffered.readerIndex + 1, as: UInt32.self)
    else { return awaitMore() }
    let length = Int(announced)
    guard length <= limit else { throw .tooLarge(announced: length, limit: limit) }
    let wireLength = TransportBytes.prefixLength + length
    guard buffered.readableBytes >= wireLength else { return awaitMore() }
    buffered.moveReaderIndex(forwardBy: TransportBytes.prefixLength)
    guard var bytes = buffered.readSlice(length: length) else { return nil }
    if length <= Self.copyThreshold || length < bytes.storageCapacity / Self.storageShare {
      bytes = ByteBuffer(bytes: bytes.readableBytesView)
    }
    if buffered.readableBytes == 0 { buffered = ByteBuffer() }
    return Message(bytes: bytes, wireLength: wireLength)
  }

  /// The start of a message may wait for long: it takes its place along only where it fills it.
  private mutating func awaitMore() -> Message? {
    if buffered.storageCapacity > Self.copyThreshold,
      buffered.readableBytes < buffered.storageCapacity / Self.storageShare
    {
      buffered = ByteBuffer(bytes: buffered.readableBytesView)
    }
    return nil
  }
}
