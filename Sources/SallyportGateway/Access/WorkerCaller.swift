import SallyportStore

/// A worker who calls.
struct WorkerCaller: Sendable {
  let caller: Caller
  let worker: WorkerReference
}
