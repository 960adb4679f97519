internal import CLibGit2

/// Git's smart protocol over a ``GitSmartExchange``, as a custom subtransport of libgit2
/// (git2/sys/transport.h): request and response, like HTTP.
///
/// It is handed to libgit2 through the callbacks of each fetch and never registered for a URL
/// scheme, so that no other transport can be chosen, whatever URL a configuration names.
enum SmartSubtransport {
  /// A `git_transport_cb`; its payload is a ``CallbackContext``.
  static let makeTransport: git_transport_cb = { out, owner, payload in
    var definition = git_smart_subtransport_definition()
    definition.callback = { out, _, parameter in SmartSubtransport.make(out, parameter) }
    definition.rpc = 1
    definition.param = payload
    return git_transport_smart(out, owner, &definition)
  }

  private static func make(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport>?>?,
    _ context: UnsafeMutableRawPointer?
  ) -> Int32 {
    let subtransport = UnsafeMutablePointer<sallyport_subtransport>.allocate(capacity: 1)
    subtransport.initialize(to: sallyport_subtransport())
    subtransport.pointee.context = context
    subtransport.pointee.parent.action = { out, subtransport, _, service in
      SmartSubtransport.open(out, subtransport, service)
    }
    subtransport.pointee.parent.close = { _ in 0 }
    subtransport.pointee.parent.free = { UnsafeMutableRawPointer($0)?.deallocate() }
    out?.pointee = UnsafeMutableRawPointer(subtransport)
      .assumingMemoryBound(to: git_smart_subtransport.self)
    return 0
  }

  private static func open(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport_stream>?>?,
    _ subtransport: UnsafeMutablePointer<git_smart_subtransport>?, _ service: git_smart_service_t
  ) -> Int32 {
    guard let subtransport, let session = CallbackContext.session(of: subtransport) else {
      return fail("the fetch is over")
    }
    let kind: SmartStream.Kind
    switch service {
    case GIT_SERVICE_UPLOADPACK_LS: kind = .advertisement
    case GIT_SERVICE_UPLOADPACK: kind = .uploadPack
    default: return fail("only git-upload-pack is spoken")
    }
    let stream = UnsafeMutablePointer<sallyport_stream>.allocate(capacity: 1)
    stream.initialize(to: sallyport_stream())
    stream.pointee.parent.subtransport = subtransport
    stream.pointee.parent.read = { stream, buffer, size, count in
      SmartStream.of(stream)?.read(buffer, size, count) ?? -1
    }
    stream.pointee.parent.write = { stream, buffer, size in
      SmartStream.of(stream)?.write(buffer, size) ?? -1
    }
    stream.pointee.parent.free = { SmartStream.free($0) }
    stream.pointee.context =
      Unmanaged.passRetained(SmartStream(session: session, kind: kind)).toOpaque()
    out?.pointee = UnsafeMutableRawPointer(stream)
      .assumingMemoryBound(to: git_smart_subtransport_stream.self)
    return 0
  }

  static func fail(_ message: String) -> Int32 {
    git_error_set_str(Int32(GIT_ERROR_NET.rawValue), message)
    return -1
  }
}
