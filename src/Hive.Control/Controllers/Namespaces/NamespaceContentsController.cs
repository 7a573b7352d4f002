using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>Gives each namespace what pods in it expect: the service account <c>default</c>, and the cluster's CA certificate.</summary>
public sealed class NamespaceContentsController : IController
{
    private const string AccountName = "default";
    private const string CertificateMap = "kube-root-ca.crt";
    private const string CertificateFile = "ca.crt";
    private static readonly ObjectKey Certificate = new(Resources.ClusterCa, "", CertificateFile);

    public string Name => "namespace-contents-controller";

    public Band Band => Band.User;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        switch (change.Key.Resource)
        {
            case Resources.Namespaces:
                wake.Add(change.Key);
                break;
            case Resources.ServiceAccounts when change.Key.Name == AccountName:
            case Resources.ConfigMaps when change.Key.Name == CertificateMap:
                wake.Add(new ObjectKey(Resources.Namespaces, "", change.Key.Namespace));
                break;
            case Resources.ClusterCa:
                foreach (var ns in view.All<Namespace>()) wake.Add(ns.Key);
                break;
            default:
                break;
        }
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        if (view.Find<Namespace>(key) is not { IsTerminating: false } ns) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        if (view.Find<ServiceAccount>(key.Name, AccountName) is null)
            plan.Create(new ServiceAccount { Metadata = new ObjectMeta { Name = AccountName, Namespace = key.Name } });
        if (view.Find<TextRecord>(Certificate) is { } certificate) KeepCertificate(view, plan, key.Name, certificate.Value.Text);
        if (plan.Count > 0) plan.Pin(ns.Key);
        return plan.Build();
    }

    private static void KeepCertificate(IView view, PlanBuilder plan, string ns, string pem)
    {
        var present = view.Find<ConfigMap>(ns, CertificateMap);
        if (present is null)
        {
            plan.Create(new ConfigMap
            {
                Metadata = new ObjectMeta { Name = CertificateMap, Namespace = ns },
                Data = StringMap.Of((CertificateFile, pem)),
            });
        }
        else if (!present.IsTerminating && present.Value.Data.Get(CertificateFile) != pem)
        {
            plan.Replace(present, present.Value with { Data = StringMap.Of((CertificateFile, pem)) });
        }
    }
}
