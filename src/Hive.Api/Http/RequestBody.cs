using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Hive.Api.Http;

/// <summary>Reads a request's body whole, up to the bound.</summary>
public static class RequestBody
{
    /// <summary>Refuses with 413 what is larger than <see cref="ApiLimits.BodyBytes"/>, before reading it where the length is announced.</summary>
    public static async ValueTask<Outcome<byte[]>> ReadAsync(HttpContext context, ApiLimits limits, CancellationToken cancellation)
    {
        if (context.Request.ContentLength > limits.BodyBytes) return Refusals.TooLarge(limits.BodyBytes);
        PipeReader reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(cancellation);
                if (read.Buffer.Length > limits.BodyBytes)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    return Refusals.TooLarge(limits.BodyBytes);
                }
                if (read.IsCompleted)
                {
                    byte[] body = read.Buffer.ToArray();
                    reader.AdvanceTo(read.Buffer.End);
                    return body;
                }
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException broken)
        {
            return Refusals.BadRequest($"the body could not be read: {broken.Message}");
        }
    }
}
