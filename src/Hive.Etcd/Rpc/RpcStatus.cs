using System.Diagnostics.CodeAnalysis;

namespace Hive.Etcd.Rpc;

/// <summary>gRPC's status codes, by their numbers on the wire.</summary>
public enum RpcCode : byte
{
    Ok = 0,
    Canceled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>How a call ended. Clients of etcd recognise errors by the text, so texts are part of the protocol.</summary>
public readonly record struct RpcStatus(RpcCode Code, string Message)
{
    public static readonly RpcStatus Ok = new(RpcCode.Ok, "");

    /// <summary>A unary call that ended before its request.</summary>
    public static readonly RpcStatus NoRequest = new(RpcCode.Internal, "the call ended without a request message");

    public bool IsOk => Code == RpcCode.Ok;

    /// <summary>The call was not begun: whoever made it may make it again, here or elsewhere.</summary>
    public bool IsUntouched { get; init; }
}

/// <summary>A response, or the status that refused it.</summary>
public readonly struct RpcResult<T>
    where T : class
{
    private RpcResult(T? value, RpcStatus status)
    {
        Value = value;
        Status = status;
    }

    /// <summary>Set exactly when <see cref="Status"/> is Ok.</summary>
    public T? Value { get; }

    public RpcStatus Status { get; }

    /// <summary>True with the value, or false with the status.</summary>
    public bool Succeeded([NotNullWhen(true)] out T? value, out RpcStatus status)
    {
        value = Value;
        status = Status;
        return value is not null;
    }

    public static implicit operator RpcResult<T>(T value) => new(value, RpcStatus.Ok);

    public static implicit operator RpcResult<T>(RpcStatus status)
    {
        Invariant.Check(!status.IsOk);
        return new(null, status);
    }
}

/// <summary>Ends a call from inside a transport (a frame that cannot be read, a message that cannot be parsed). Caught at the one edge of each transport.</summary>
public sealed class RpcAbort(RpcStatus status) : Exception(status.Message)
{
    public RpcStatus Status { get; } = status;
}
