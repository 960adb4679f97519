import FoundationEssentials
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension Sallyport_Operator_V1_PoolKey {
  init(_ key: PoolKeyRecord) {
    self.init()
    pool = key.pool.rawValue
    keyID = key.keyID
    certificate = Data(key.certificate)
    publishedAt = .init(key.publishedAt)
    publishedBy = key.publishedBy
  }
}

extension Sallyport_Operator_V1_Context {
  init(_ context: ContextRecord) {
    self.init()
    name = context.name.rawValue
    createdAt = .init(context.createdAt)
    pools = context.pools.map(\.rawValue)
  }
}

extension Sallyport_Operator_V1_Secret {
  init(_ secret: SecretRecord) {
    self.init()
    context = secret.context.rawValue
    pool = secret.pool.rawValue
    name = secret.name
    version = secret.version
    keyID = secret.keyID
    setAt = .init(secret.setAt)
    setBy = secret.setBy
    removed = secret.isRemoved
  }
}

extension Sallyport_Operator_V1_Variable {
  init(_ variable: VariableRecord) {
    self.init()
    context = variable.context.rawValue
    name = variable.name
    value = variable.value
    setAt = .init(variable.setAt)
    setBy = variable.setBy
  }
}
