package import SallyportCore

/// The customer's word on what a worker may fetch through this VCS agent.
///
/// Asked for every request. A grant narrows what it answers and never widens it.
package protocol FetchPolicy: Sendable {
  /// - Throws: ``RequestRefusal`` where the caller may read nothing of the repository, or where the
  ///   policy cannot be asked.
  func access(
    of caller: FetchCaller, to repository: RepositoryName
  ) async throws(RequestRefusal) -> FetchAccess
}
