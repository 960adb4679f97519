internal import CNGHTTP2
internal import NIOCore
internal import SallyportCore

/// Owns one `nghttp2_session`; the only place that makes and frees it.
struct NGHTTP2Session: ~Copyable {
  let pointer: OpaquePointer
  private let memory: SessionMemory

  /// - Throws: Where memory is short or `limits` cannot be expressed in HTTP/2.
  init(role: HTTP2Engine.Role, limits: TransportLimits) throws(HTTP2Error) {
    let memory = SessionMemory()
    let pointer = try Self.open(role, limits, memory)
    memory.seal()
    do throws(HTTP2Error) {
      try Self.submitSettings(to: pointer, role, limits)
    } catch {
      nghttp2_session_del(pointer)
      throw error
    }
    self.pointer = pointer
    self.memory = memory
  }

  deinit {
    nghttp2_session_set_user_data(pointer, nil)
    nghttp2_session_del(pointer)
  }

  /// Lets the callbacks find `engine`, which owns this session and therefore outlives it.
  func sendCallbacks(to engine: HTTP2Engine) {
    nghttp2_session_set_user_data(pointer, Unmanaged.passUnretained(engine).toOpaque())
  }

  var wantsRead: Bool { nghttp2_session_want_read(pointer) != 0 }
  var wantsWrite: Bool { nghttp2_session_want_write(pointer) != 0 }
  /// Frames that wait, DATA left out.
  var queuedFrames: Int { nghttp2_session_get_outbound_queue_size(pointer) }

  func remoteSetting(_ id: nghttp2_settings_id) -> Int {
    Int(nghttp2_session_get_remote_settings(pointer, id))
  }

  private static func open(
    _ role: HTTP2Engine.Role, _ limits: TransportLimits, _ memory: borrowing SessionMemory
  ) throws(HTTP2Error) -> OpaquePointer {
    var callbacks: OpaquePointer?
    var options: OpaquePointer?
    var session: OpaquePointer?
    defer {
      nghttp2_session_callbacks_del(callbacks)
      nghttp2_option_del(options)
    }
    if nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&options) == 0 {
      NGHTTP2Callbacks.install(in: callbacks)
      set(options, limits)
      _ = memory.withAllocator { allocator in
        switch role {
        case .client: nghttp2_session_client_new3(&session, callbacks, nil, options, allocator)
        case .server: nghttp2_session_server_new3(&session, callbacks, nil, options, allocator)
        }
      }
    }
    guard let session else {
      throw HTTP2Error(code: .internalError, message: "no memory for an HTTP/2 session")
    }
    return session
  }

  private static func set(_ options: OpaquePointer?, _ limits: TransportLimits) {
    nghttp2_option_set_no_auto_window_update(options, 1)
    nghttp2_option_set_no_closed_streams(options, 1)
    nghttp2_option_set_max_reserved_remote_streams(options, 0)
    nghttp2_option_set_max_deflate_dynamic_table_size(options, headerTableSize)
    // One header list of the default 16 KiB needs one frame of 16 KiB and at most one more.
    nghttp2_option_set_max_continuations(options, 5)
    nghttp2_option_set_max_settings(options, 32)
    nghttp2_option_set_max_outbound_ack(options, max(16, limits.maximumControlFrames))
    // The second line behind AbuseLimiter, which allows as much in all, trips first and says why.
    let burst = max(1, limits.maximumControlFrames) * (AbuseLimiter.resetFactor + 1)
    let seconds = max(1, Int(limits.abuseInterval.components.seconds))
    nghttp2_option_set_stream_reset_rate_limit(options, UInt64(burst), UInt64(burst / seconds + 1))
  }

  private static let headerTableSize = 4_096

  private static func submitSettings(
    to pointer: OpaquePointer, _ role: HTTP2Engine.Role, _ limits: TransportLimits
  ) throws(HTTP2Error) {
    var settings: [(nghttp2_settings_id, Int)] = [
      (NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, headerTableSize),
      (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2Engine.initialWindow(limits)),
      (NGHTTP2_SETTINGS_MAX_FRAME_SIZE, limits.maximumFrameSize),
      (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.maximumHeaderListSize),
    ]
    switch role {
    case .client:
      settings.append((NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
      settings.append((NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0))
    case .server:
      let advertised = limits.maximumConcurrentStreams + HTTP2Engine.streamsAboveCap
      settings.append((NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, advertised))
    }
    let entries = settings.map {
      nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: UInt32(clamping: $0.1))
    }
    let connectionWindow = Int32(clamping: limits.connectionWindow)
    guard
      nghttp2_submit_settings(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count)
        == 0,
      nghttp2_session_set_local_window_size(
        pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, connectionWindow) == 0
    else {
      throw HTTP2Error(
        code: .internalError,
        message: """
          the transport limits cannot be expressed in HTTP/2: frame size \
          \(limits.maximumFrameSize) (16384 to 16777215), stream window \
          \(HTTP2Engine.initialWindow(limits)) and connection window \
          \(limits.connectionWindow) (up to 2147483647)
          """)
    }
  }
}
