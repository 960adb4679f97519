internal import SallyportSession

extension SessionError {
  static func noInnerIdentity(stateDirectory: String) -> SessionError {
    SessionError(
      .state,
      "there is no certificate of the trust root in \(stateDirectory)/trust: "
        + "put one there with 'sallyport trust issue --out'")
  }
}
