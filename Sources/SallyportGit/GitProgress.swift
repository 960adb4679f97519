/// How far a checkout is; reported every ``GitLimits/progressInterval`` on a thread that may block.
package enum GitProgress: Sendable, Hashable {
  case waitingForLock
  case fetching(objects: Int, of: Int, bytes: UInt64)
  case checkingOut(entries: Int, of: Int)
}
