internal import SallyportGitProtocol
internal import Synchronization

/// What a worker was shown of one repository on one sealed channel.
final class ShownOnChannel: Sendable {
  /// An id is in it before the bytes that show it are sent.
  let objects = Mutex(ShownObjects())
}
