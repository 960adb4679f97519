/// The attempt was stopped before its command ran.
struct AttemptStopped: Error {
  let stop: AttemptControl.Stop
}
