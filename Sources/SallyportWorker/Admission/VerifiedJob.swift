import SallyportSigning

/// What a job's signature says of it, and the run that is kept for it meanwhile.
struct VerifiedJob: Sendable {
  let signed: SignedJob
  let claim: SeenJobs.Claim
}
