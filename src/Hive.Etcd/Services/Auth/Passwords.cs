using System.Security.Cryptography;
using Google.Protobuf;
using Hive.Etcd.Messages;

namespace Hive.Etcd.Services.Auth;

/// <summary>Passwords as PBKDF2-HMAC-SHA256 with a salt of their own. The hash is made before the proposal: the log never holds a password.</summary>
internal static class Passwords
{
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const int Iterations = 100_000;

    public static void Set(AuthUser user, string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        user.NoPassword = false;
        user.Iterations = Iterations;
        user.Salt = ByteString.CopyFrom(salt);
        user.Hash = ByteString.CopyFrom(Hash(password, salt, Iterations));
    }

    public static bool IsRight(AuthUser user, string password) =>
        !user.NoPassword && CryptographicOperations.FixedTimeEquals(Hash(password, user.Salt.Span, user.Iterations), user.Hash.Span);

    private static byte[] Hash(string password, ReadOnlySpan<byte> salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashBytes);
}
