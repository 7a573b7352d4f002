using System.Security.Cryptography.X509Certificates;

namespace Hive.Composition;

/// <summary>A certificate that is read again from its files now and then, so that a renewed one is used without a restart.</summary>
internal static class CertificateSource
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(5);

    /// <summary>While the files cannot be read, the certificate read last goes on being used.</summary>
    public static Func<X509Certificate2> Create(Func<X509Certificate2> load, TimeProvider time)
    {
        var gate = new Lock();
        X509Certificate2 present = load();
        long readAt = time.GetTimestamp();
        return () =>
        {
            lock (gate)
            {
                if (time.GetElapsedTime(readAt) < LookAgainAfter) return present;
                readAt = time.GetTimestamp();
                try
                {
                    present = load();
                }
                catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
                {
                    // A renewal is being written, or was written badly: the next look is in five minutes, and the old one is good meanwhile.
                }
                return present;
            }
        };
    }
}
