/// What a submission starts from, all of one moment.
package struct SubmissionGround: Hashable, Sendable {
  /// The submitter's own.
  package var standing: Standing
  /// The values that the job gets; empty where the submitter is not in good standing.
  package var variables: [String: String]

  package init(standing: Standing, variables: [String: String] = [:]) {
    self.standing = standing
    self.variables = variables
  }
}
