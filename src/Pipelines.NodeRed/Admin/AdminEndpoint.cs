namespace Pipelines.NodeRed.Admin;

/// <summary>One Node-RED process: what people call it, where its admin API is, where its flows answer, how to get in.</summary>
/// <param name="Name">As in the configuration; every sentence about it starts with it.</param>
/// <param name="AdminUrl">The admin root, for example <c>http://plant-b:1880/admin/</c>.</param>
/// <param name="FlowsUrl">The root of its <c>http in</c> nodes (<c>httpNodeRoot</c>); needed for checks only.</param>
/// <param name="Access">How to get in.</param>
public sealed record AdminEndpoint(string Name, Uri AdminUrl, Uri? FlowsUrl, Access Access)
{
    internal Uri Admin(string path) => Under(AdminUrl, path);

    internal Uri? Flows(string path) => FlowsUrl is null ? null : Under(FlowsUrl, path);

    private static Uri Under(Uri root, string path) =>
        new($"{root.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path.TrimStart('/')}");
}
