using System.Collections.Immutable;
using Google.Protobuf;

namespace Hive.Etcd.Rpc;

/// <summary>Carries the messages of one call: gRPC frames, or the JSON gateway.</summary>
public interface IRpcTransport
{
    /// <summary>Bytes of request messages taken so far, and of responses sent.</summary>
    long ReceivedBytes { get; }

    long SentBytes { get; }

    /// <summary>The next request message, or null when the client has sent its last. Throws <see cref="RpcAbort"/> on input that cannot be read.</summary>
    ValueTask<TRequest?> ReadAsync<TRequest>(MessageParser<TRequest> parser, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>;

    /// <summary>Sends one response message. Waits while the client does not read (flow control).</summary>
    /// <param name="flush">False only for the single answer of a unary call: ending the call flushes it.</param>
    ValueTask WriteAsync(IMessage response, bool flush, CancellationToken cancellation);

    /// <summary>Sends one response message a piece at a time. Waits while the client does not read, holding no more than one piece beyond what is buffered.</summary>
    ValueTask WriteAsync<TResponse>(IMessagePieces response, MessageParser<TResponse> parser, bool flush, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>;

    /// <summary>Sends the response headers now, so that a client that waits for them hears that its stream is open.</summary>
    ValueTask StartAsync(CancellationToken cancellation);
}

/// <summary>Which side sends more than one message.</summary>
public enum RpcKind : byte { Unary, ServerStream, Bidirectional }

/// <summary>One method of a service, on whatever transport it is called.</summary>
/// <param name="service">Full name, such as <c>etcdserverpb.KV</c>.</param>
/// <param name="name">Such as <c>Range</c>.</param>
/// <param name="gatewayPaths">Where the JSON gateway offers it, such as <c>/v3/kv/range</c>.</param>
public abstract class RpcMethod(RpcKind kind, string service, string name, params ImmutableArray<string> gatewayPaths)
{
    public RpcKind Kind { get; } = kind;
    public string Service { get; } = service;
    public string Name { get; } = name;
    public string Path { get; } = $"/{service}/{name}";
    public ImmutableArray<string> GatewayPaths { get; } = gatewayPaths;

    public abstract ValueTask<RpcStatus> ServeAsync(RpcContext context, IRpcTransport transport, CancellationToken cancellation);
}

/// <summary>One request, one response.</summary>
public sealed class UnaryMethod<TRequest, TResponse>(
    string service, string name, MessageParser<TRequest> parser,
    Func<RpcContext, TRequest, CancellationToken, ValueTask<RpcResult<TResponse>>> handler, params ImmutableArray<string> gatewayPaths)
    : RpcMethod(RpcKind.Unary, service, name, gatewayPaths)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage
{
    public override async ValueTask<RpcStatus> ServeAsync(RpcContext context, IRpcTransport transport, CancellationToken cancellation)
    {
        var request = await transport.ReadAsync(parser, cancellation);
        if (request is null) return RpcStatus.NoRequest;
        if (!context.TryCharge(transport.ReceivedBytes)) return EtcdErrors.TooManyRequests;
        var result = await handler(context, request, cancellation);
        if (!result.Succeeded(out var response, out var status)) return status;
        await transport.WriteAsync(response, flush: false, cancellation);
        return RpcStatus.Ok;
    }
}

/// <summary>One request, and one response of whatever size.</summary>
/// <param name="responses">Reads the response back, where a transport needs it whole.</param>
public sealed class LargeUnaryMethod<TRequest, TResponse>(
    string service, string name, MessageParser<TRequest> parser, MessageParser<TResponse> responses,
    Func<RpcContext, TRequest, CancellationToken, ValueTask<RpcResult<IMessagePieces>>> handler, params ImmutableArray<string> gatewayPaths)
    : RpcMethod(RpcKind.Unary, service, name, gatewayPaths)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    public override async ValueTask<RpcStatus> ServeAsync(RpcContext context, IRpcTransport transport, CancellationToken cancellation)
    {
        var request = await transport.ReadAsync(parser, cancellation);
        if (request is null) return RpcStatus.NoRequest;
        if (!context.TryCharge(transport.ReceivedBytes)) return EtcdErrors.TooManyRequests;
        var result = await handler(context, request, cancellation);
        if (!result.Succeeded(out var response, out var status)) return status;
        await transport.WriteAsync(response, responses, flush: false, cancellation);
        return RpcStatus.Ok;
    }
}

/// <summary>The two directions of a streaming call.</summary>
public readonly struct RpcStream<TRequest, TResponse>(IRpcTransport transport, MessageParser<TRequest> parser)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>The next request, or null after the last.</summary>
    public ValueTask<TRequest?> ReadAsync(CancellationToken cancellation) => transport.ReadAsync(parser, cancellation);

    public ValueTask WriteAsync(TResponse response, CancellationToken cancellation) => transport.WriteAsync(response, flush: true, cancellation);

    /// <summary>As <see cref="IRpcTransport.WriteAsync{TResponse}"/>.</summary>
    public ValueTask WriteAsync(IMessagePieces response, MessageParser<TResponse> responses, CancellationToken cancellation) =>
        transport.WriteAsync(response, responses, flush: true, cancellation);

    public ValueTask StartAsync(CancellationToken cancellation) => transport.StartAsync(cancellation);
}

/// <summary>Many responses, and one or many requests.</summary>
public sealed class StreamMethod<TRequest, TResponse>(
    RpcKind kind, string service, string name, MessageParser<TRequest> parser,
    Func<RpcContext, RpcStream<TRequest, TResponse>, CancellationToken, ValueTask<RpcStatus>> handler, params ImmutableArray<string> gatewayPaths)
    : RpcMethod(kind, service, name, gatewayPaths)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    public override ValueTask<RpcStatus> ServeAsync(RpcContext context, IRpcTransport transport, CancellationToken cancellation) =>
        handler(context, new RpcStream<TRequest, TResponse>(transport, parser), cancellation);
}
