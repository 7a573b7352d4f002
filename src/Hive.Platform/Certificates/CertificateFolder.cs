using System.Security.Cryptography.X509Certificates;

namespace Hive.Platform.Certificates;

/// <summary>
/// A folder of PEM files: <c>ca.crt</c>, <c>ca.key</c>, and <c>NAME.crt</c> with <c>NAME.key</c>. Keys have mode 0600. A file appears
/// whole or not at all: it is written beside its place and renamed.
/// </summary>
public sealed class CertificateFolder(string path)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string Path { get; } = path;

    /// <summary>The authority's certificate, which everybody trusts.</summary>
    public string AuthorityFile => File("ca.crt");

    public string CertificateFile(string name) => File($"{name}.crt");

    public string KeyFile(string name) => File($"{name}.key");

    /// <summary>Whether an authority with its key is here.</summary>
    public bool HasAuthority => System.IO.File.Exists(AuthorityFile) && System.IO.File.Exists(File("ca.key"));

    public bool Has(string name) => System.IO.File.Exists(CertificateFile(name)) && System.IO.File.Exists(KeyFile(name));

    /// <summary>The authority of this folder, made now when there is none.</summary>
    public CertificateAuthority OpenAuthority(string clusterName, DateTimeOffset now)
    {
        if (HasAuthority)
        {
            return CertificateAuthority.Load(System.IO.File.ReadAllText(AuthorityFile), System.IO.File.ReadAllText(File("ca.key")));
        }
        Directory.CreateDirectory(Path);
        CertificateAuthority authority = CertificateAuthority.Create(clusterName, now);
        Write(File("ca.key"), authority.PrivateKeyPem, Private);
        Write(AuthorityFile, authority.CertificatePem, Public);
        return authority;
    }

    /// <summary>Issues a certificate under <paramref name="name"/> unless a valid one with a good part of its life left is here.</summary>
    public void Ensure(CertificateAuthority authority, string name, CertificateSubject subject, CertificateUse use, DateTimeOffset now)
    {
        if (Has(name))
        {
            using X509Certificate2 present = Load(name);
            if (present.NotAfter - now.UtcDateTime > CertificateAuthority.LeafLifetime / 3) return;
        }
        IssuedCertificate issued = authority.Issue(subject, use, now);
        Write(KeyFile(name), issued.PrivateKeyPem, Private);
        Write(CertificateFile(name), issued.CertificatePem, Public);
    }

    /// <summary>The certificate with its key, ready for TLS.</summary>
    public X509Certificate2 Load(string name) =>
        X509Certificate2.CreateFromPem(System.IO.File.ReadAllText(CertificateFile(name)), System.IO.File.ReadAllText(KeyFile(name)));

    /// <summary>The authority's certificate without its key.</summary>
    public X509Certificate2 LoadAuthority() => X509Certificate2.CreateFromPem(System.IO.File.ReadAllText(AuthorityFile));

    /// <summary>Writes a file of this folder that others must not read (a token, a kubeconfig).</summary>
    public string WritePrivate(string name, string text)
    {
        Write(File(name), text, Private);
        return File(name);
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private static void Write(string file, string text, UnixFileMode mode)
    {
        string beside = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode };
        using (var stream = new FileStream(beside, options))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        System.IO.File.Move(beside, file, overwrite: true);
    }
}
