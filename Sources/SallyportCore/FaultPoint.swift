#if FAULT_POINTS
  import Glibc

  /// A bug that can be planted in a debug build, to show that the fault suite's checker finds it.
  ///
  /// Release builds have none of this: the compilation condition is set for debug builds only, and
  /// `scripts/check-linkage` looks for the names in what `scripts/build` made.
  package enum FaultPoint: String, CaseIterable, Sendable {
    /// The gateway records the end of an attempt without looking at its epoch and worker.
    case finishWithoutEpochCheck = "finish-without-epoch-check"
    /// The gateway acknowledges log bytes before they are committed.
    case acknowledgeLogBeforeCommit = "acknowledge-log-before-commit"
    /// The gateway answers a submit before the job is committed.
    case acknowledgeSubmitBeforeCommit = "acknowledge-submit-before-commit"
    /// The worker measures its leases by the wall clock.
    case leaseOnWallClock = "lease-on-wall-clock"
    /// The worker lets a job go on whose lease has run out.
    case ignoreFence = "ignore-fence"
    /// The worker leaves the workspaces of jobs behind.
    case leaveWorkspace = "leave-workspace"
    /// A worker that was killed does not look for what its jobs left running.
    case leaveOrphans = "leave-orphans"
    /// The gateway calls every log complete.
    case everyLogComplete = "every-log-complete"

    /// Whether `SALLYPORT_FAULT_POINTS`, a list with commas, names it. Read once.
    package var isPlanted: Bool { Self.planted.contains(rawValue) }

    private static let planted: Set<String> = {
      guard let list = getenv("SALLYPORT_FAULT_POINTS") else { return [] }
      return Set(String(cString: list).split(separator: ",").map(String.init))
    }()
  }
#endif
