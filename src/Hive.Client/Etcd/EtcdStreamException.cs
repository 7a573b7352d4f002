namespace Hive.Client.Etcd;

/// <summary>An answer that came in pieces and did not come whole, or was refused; the message says why.</summary>
/// <param name="code">Status code of gRPC that it was refused with; 0 when it was not, or nobody answered.</param>
public sealed class EtcdStreamException(string message, int code = 0) : Exception(message)
{
    public int Code { get; } = code;
}
