/// How far a checkout is. Reported at most four times a second.
package enum GitProgress: Sendable, Hashable {
  case waitingForLock
  case fetching(objects: Int, of: Int, bytes: UInt64)
  case checkingOut(entries: Int, of: Int)
}
