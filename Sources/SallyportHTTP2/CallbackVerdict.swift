internal import CNGHTTP2

/// What a callback tells the library to do next.
struct CallbackVerdict {
  let code: Int32

  static let proceed = CallbackVerdict(code: 0)
  /// Stop at once: the connection is over.
  static let failConnection = CallbackVerdict(code: NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
  /// Reset the stream and go on.
  static let failStream = CallbackVerdict(code: NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
}
