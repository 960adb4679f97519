internal import CNGHTTP2

/// The HTTP/2 library that this process runs with.
package enum NGHTTP2Library {
  /// As the library itself names it, for `--version`; not what it was compiled against.
  package static var version: String {
    guard let info = nghttp2_version(0), let text = info.pointee.version_str else {
      return "unknown"
    }
    return String(cString: text)
  }
}
