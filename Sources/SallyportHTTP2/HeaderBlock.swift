internal import CNGHTTP2

/// Header fields in the form that the library takes.
enum HeaderBlock {
  /// Bytes of the largest header list we send, as RFC 9113, section 6.5.2, counts it.
  static let maximumSize = 64 * 1_024

  /// What keeps `fields` from being sent; nil where nothing does.
  ///
  /// Outbound fields come from callers, not from peers, but part of them (gRPC metadata) from
  /// callers' data: a line break in a value must not reach whoever turns it into HTTP/1.
  static func violation(_ fields: [HeaderField], maximumSize: Int) -> String? {
    var size = 0
    for field in fields {
      var name = field.name
      let nameIsValid = name.withUTF8 { nghttp2_check_header_name($0.baseAddress, $0.count) != 0 }
      guard nameIsValid else { return "the header name \"\(field.name)\" is not valid in HTTP/2" }
      var value = field.value
      let valueIsValid = value.withUTF8 {
        nghttp2_check_header_value_rfc9113($0.baseAddress, $0.count) != 0
      }
      guard valueIsValid else { return "the value of header \"\(field.name)\" is not valid" }
      size += field.name.utf8.count + field.value.utf8.count + 32
    }
    guard size <= maximumSize else {
      return "a header list of \(size) bytes is larger than the \(maximumSize) that may be sent"
    }
    return nil
  }

  /// Lends the fields as name-value pairs; the library copies what it keeps.
  static func withPairs<Result>(
    _ fields: [HeaderField], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
  ) -> Result {
    let byteCount = fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(1, byteCount)) { bytes in
      withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: max(1, fields.count)) { pairs in
        var offset = 0
        func store(_ text: String) -> UnsafeMutableBufferPointer<UInt8> {
          let area = UnsafeMutableBufferPointer(rebasing: bytes[offset...])
          let count = area.update(fromContentsOf: text.utf8)
          offset += count
          return UnsafeMutableBufferPointer(rebasing: area[..<count])
        }
        for (index, field) in fields.enumerated() {
          let name = store(field.name)
          let value = store(field.value)
          let flags = field.isSensitive ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE
          pairs.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: name.baseAddress, value: value.baseAddress, namelen: name.count,
              valuelen: value.count, flags: UInt8(flags.rawValue)))
        }
        return body(UnsafePointer(pairs.baseAddress), fields.count)
      }
    }
  }
}
