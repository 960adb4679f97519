import CSallyportProcess

/// The kernel's keyrings of this process's user, which outlive every job that puts something there.
///
/// A job has a session keyring of its own, but every process of the user can search these.
enum UserKeyrings {
  /// Takes everything out of them. Only while nothing that uses them runs.
  ///
  /// Where the kernel has none, or a container does not let its processes use them, there is nothing
  /// to do, and no error.
  static func clear() { sallyport_process_clear_user_keyrings() }
}
