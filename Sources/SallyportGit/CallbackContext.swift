internal import CLibGit2

/// Names a session in the `void *` that libgit2 carries for us. The caller of libgit2 keeps the
/// session alive for as long as the call lasts.
enum CallbackContext {
  static func pointer(to session: FetchSession) -> UnsafeMutableRawPointer {
    Unmanaged.passUnretained(session).toOpaque()
  }

  static func session(at pointer: UnsafeMutableRawPointer?) -> FetchSession? {
    pointer.map { Unmanaged<FetchSession>.fromOpaque($0).takeUnretainedValue() }
  }

  static func session(of subtransport: UnsafeMutablePointer<git_smart_subtransport>)
    -> FetchSession?
  {
    let own = UnsafeMutableRawPointer(subtransport)
      .assumingMemoryBound(to: sallyport_subtransport.self)
    return session(at: own.pointee.context)
  }
}
