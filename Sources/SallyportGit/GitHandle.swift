internal import CLibGit2

/// The single owner of one libgit2 object; frees it when it goes out of scope.
struct GitHandle: ~Copyable {
  let pointer: OpaquePointer
  private let release: (OpaquePointer) -> Void

  /// - Parameters:
  ///   - action: Completes "cannot …" in the error.
  ///   - make: The call that makes the object.
  init(
    _ action: String, release: @escaping (OpaquePointer) -> Void,
    make: (inout OpaquePointer?) -> Int32
  ) throws(GitError) {
    var pointer: OpaquePointer?
    git_error_clear()
    let result = make(&pointer)
    guard result >= 0, let pointer else { throw GitError.last(result, during: action) }
    self.pointer = pointer
    self.release = release
  }

  deinit { release(pointer) }
}
