import COpenSSL

/// The `BIO` through which OpenSSL reaches a ``TLSBuffers``.
///
/// OpenSSL's memory BIOs copy every byte once more in each direction; this one does not.
enum TLSBIO {
  /// Makes a BIO over `buffers`, which the caller keeps alive for as long as the BIO lives.
  static func make(over buffers: TLSBuffers) throws(TLSError) -> OpaquePointer {
    guard let method, let bio = BIO_new(method) else {
      throw TLSError(code: .internalError, message: "cannot make an OpenSSL BIO: out of memory")
    }
    BIO_set_data(bio, Unmanaged.passUnretained(buffers).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  /// Written once, under the runtime's lock for globals, and only read by OpenSSL thereafter.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
    guard let method = BIO_meth_new(type, "sallyport") else { return nil }
    BIO_meth_set_read_ex(method, tlsBIORead)
    BIO_meth_set_write_ex(method, tlsBIOWrite)
    BIO_meth_set_ctrl(method, tlsBIOControl)
    return method
  }()

  fileprivate static func buffers(of bio: OpaquePointer) -> TLSBuffers? {
    BIO_get_data(bio).map { Unmanaged<TLSBuffers>.fromOpaque($0).takeUnretainedValue() }
  }

  /// An empty input is always "try again": what its end means is the engine's to say.
  fileprivate static func read(
    _ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    guard let bio, let bytes, let count, let buffers = buffers(of: bio) else { return 0 }
    sallyport_BIO_clear_retry_flags(bio)
    count.pointee = buffers.read(
      into: UnsafeMutableRawBufferPointer(start: bytes, count: capacity))
    if count.pointee == 0 {
      sallyport_BIO_set_retry_read(bio)
      return 0
    }
    return 1
  }

  fileprivate static func write(
    _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ length: Int,
    _ count: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    guard let bio, let bytes, let count, let buffers = buffers(of: bio) else { return 0 }
    sallyport_BIO_clear_retry_flags(bio)
    buffers.write(UnsafeRawBufferPointer(start: bytes, count: length))
    count.pointee = length
    return 1
  }

  /// Nothing but flushing is supported, kernel TLS in particular is not.
  fileprivate static func control(_ command: Int32) -> Int {
    command == BIO_CTRL_FLUSH ? 1 : 0
  }
}

private func tlsBIORead(
  _ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
  TLSBIO.read(bio, bytes, capacity, count)
}

private func tlsBIOWrite(
  _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ length: Int,
  _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
  TLSBIO.write(bio, bytes, length, count)
}

private func tlsBIOControl(
  _ bio: OpaquePointer?, _ command: Int32, _ number: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  TLSBIO.control(command)
}
