import Glibc

/// A counting semaphore for threads of our own. Never wait on one from a task.
///
/// Unchecked because the pointer is constant, and POSIX lets any thread post to or wait on the
/// semaphore that it points to; it is destroyed when no reference, hence no user, is left.
final class NativeSemaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() {
    while sem_wait(semaphore) != 0 && errno == EINTR {}
  }
}
