internal import CLibGit2

/// One request and its response, as libgit2 drives them: writes, then reads. Used on one thread.
final class SmartStream {
  enum Kind { case advertisement, uploadPack }

  private let session: FetchSession
  private let kind: Kind
  private var body: [UInt8] = []
  private var response: GitResponseSink?

  init(session: FetchSession, kind: Kind) {
    self.session = session
    self.kind = kind
  }

  deinit {
    if let response { session.finish(response) }
  }

  static func of(_ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?) -> SmartStream? {
    guard let stream else { return nil }
    return own(stream).pointee.context
      .map { Unmanaged<SmartStream>.fromOpaque($0).takeUnretainedValue() }
  }

  static func free(_ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?) {
    guard let stream else { return }
    let own = own(stream)
    if let context = own.pointee.context {
      Unmanaged<SmartStream>.fromOpaque(context).release()
    }
    own.deallocate()
  }

  private static func own(_ stream: UnsafeMutablePointer<git_smart_subtransport_stream>)
    -> UnsafeMutablePointer<sallyport_stream>
  {
    UnsafeMutableRawPointer(stream).assumingMemoryBound(to: sallyport_stream.self)
  }

  func write(_ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
    guard response == nil, kind == .uploadPack,
      body.count + count <= GitSmartRequest.maximumBody
    else { return SmartSubtransport.fail("the request is too large or came too late") }
    body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
  }

  func read(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    do {
      let response = try openResponse()
      let read = try response.read(
        into: UnsafeMutableRawBufferPointer(start: buffer, count: size),
        timeout: session.limits.idleTimeout)
      if read == 0 { session.noteEnd() }
      count?.pointee = read
      return 0
    } catch {
      session.noteFailure(error)
      return SmartSubtransport.fail("the exchange failed")
    }
  }

  private func openResponse() throws(GitError) -> GitResponseSink {
    if let response { return response }
    let opened = try session.begin(kind == .advertisement ? .advertisement : .uploadPack(body))
    response = opened
    return opened
  }
}
