internal import SallyportGitProtocol
internal import Synchronization

/// What a worker was shown of one repository on one sealed channel.
final class ShownOnChannel: Sendable {
  /// An id is in it before the bytes that show it are sent.
  let objects: Mutex<ShownObjects>

  /// - Parameter isComplete: Whether ids count. Where any object may be asked for, what was shown only
  ///   gives names to the ledger, and some of it is enough.
  init(isComplete: Bool) {
    var limits = ShownObjects.Limits()
    if !isComplete {
      limits.objects = 1 << 16
      limits.names = 4 << 20
    }
    objects = Mutex(ShownObjects(limits: limits))
  }
}
