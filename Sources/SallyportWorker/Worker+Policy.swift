import SallyportAdmission

extension Worker {
  /// Reads the policy file again, for the jobs from now on. What runs goes on.
  ///
  /// Where the file is not valid, the policy that was in force stays in force.
  package func reloadPolicy() async { await policy.reload() }
}
