internal import NIOCore
internal import SallyportRelay

/// The response made of upload-pack's output.
///
/// The head goes out with the first output after the request's body has ended: until then a body
/// that turns out to be too large is still answered as such. Output before that is kept, up to a
/// limit; upload-pack writes little before it has read everything.
struct UploadPackResponse: Sendable {
  /// Bytes.
  private static let maximumHeld = 256 << 10

  private let resource: RepositoryPath.Resource
  private let response: any SealedResponder
  private var held = ByteBuffer()
  private var isStarted = false
  private var beginning: [UInt8] = []

  init(resource: RepositoryPath.Resource, response: any SealedResponder) {
    self.resource = resource
    self.response = response
  }

  /// Whether the first line is an error (gitprotocol-pack(5), `ERR`): upload-pack says what is wrong
  /// and ends with a status that says so too.
  var isError: Bool { beginning.dropFirst(4).elementsEqual("ERR ".utf8) }

  /// - Parameter mayStart: Whether the request's body has ended.
  mutating func write(_ piece: ByteBuffer, mayStart: Bool) async throws {
    if beginning.count < 8 { beginning += piece.readableBytesView.prefix(8 - beginning.count) }
    guard !isStarted else { return try await response.write(piece) }
    held.writeImmutableBuffer(piece)
    guard mayStart || held.readableBytes > Self.maximumHeld else { return }
    try await start()
  }

  /// The output has ended.
  mutating func finish() async throws {
    // A negotiation round may be answered with nothing; an advertisement never is.
    guard !isStarted, resource == .uploadPack || held.readableBytes > 0 else { return }
    try await start()
  }

  private mutating func start() async throws {
    isStarted = true
    try await response.start(GitResponseHead.make(for: resource))
    if resource == .advertisement {
      try await response.write(ByteBuffer(string: "001e# service=git-upload-pack\n0000"))
    }
    guard held.readableBytes > 0 else { return }
    try await response.write(held)
    held = ByteBuffer()
  }
}
