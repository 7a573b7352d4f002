using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Hive.Etcd.Messages;

namespace Hive.Etcd.Services.Auth;

/// <summary>Passwords as PBKDF2-HMAC-SHA256 with a salt of their own. The hash is made before the proposal: the log never holds a password.</summary>
internal static class Passwords
{
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const int Iterations = 100_000;
    private static readonly Regex Bcrypt = new(@"^\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}$", RegexOptions.CultureInvariant);

    /// <summary>bcrypt's work doubles with each step of its cost: one check at 15 takes some seconds, and a larger one would be a weapon.</summary>
    private const int LeastCost = 4, LargestCost = 15;

    /// <summary>Sets the password, or the hash of one (base64 of bcrypt's text) when there is no password. False: that is no such hash.</summary>
    public static bool TrySet(AuthUser user, string password, string hashed)
    {
        if (password.Length > 0 || hashed.Length == 0)
        {
            Set(user, password);
            return true;
        }
        var text = new byte[hashed.Length];
        if (!Convert.TryFromBase64String(hashed, text, out var length)) return false;
        var bcrypt = Encoding.ASCII.GetString(text.AsSpan(0, length));
        if (!Bcrypt.IsMatch(bcrypt) || int.Parse(bcrypt.AsSpan(4, 2), CultureInfo.InvariantCulture) is < LeastCost or > LargestCost) return false;
        (user.NoPassword, user.Bcrypt) = (false, bcrypt);
        return true;
    }

    private static void Set(AuthUser user, string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        user.NoPassword = false;
        user.Iterations = Iterations;
        user.Salt = ByteString.CopyFrom(salt);
        user.Hash = ByteString.CopyFrom(Hash(password, salt, Iterations));
    }

    public static bool IsRight(AuthUser user, string password)
    {
        if (user.NoPassword) return false;
        return user.Bcrypt.Length > 0 ? BCrypt.Net.BCrypt.Verify(password, user.Bcrypt) : IsRightHash(user, password);
    }

    private static bool IsRightHash(AuthUser user, string password) =>
        CryptographicOperations.FixedTimeEquals(Hash(password, user.Salt.Span, user.Iterations), user.Hash.Span);

    private static byte[] Hash(string password, ReadOnlySpan<byte> salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashBytes);
}
