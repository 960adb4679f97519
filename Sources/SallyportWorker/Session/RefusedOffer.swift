package import SallyportCore

/// An offer of which nothing has happened, and why.
package struct RefusedOffer: Hashable, Sendable {
  /// Nil where the offer names none that could be one.
  package var attempt: AttemptID?
  package var reason: String
  /// It came with another external ID than the one pinned at enrollment.
  package var isForAnotherTenant = false
}
