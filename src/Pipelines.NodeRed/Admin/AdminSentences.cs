namespace Pipelines.NodeRed.Admin;

/// <summary>What goes wrong between the engine and a Node-RED, said once: the name, what happened, the cure.</summary>
internal static class AdminSentences
{
    public static string Silent(AdminEndpoint endpoint, Exchange.Unanswered silence) =>
        $"'{endpoint.Name}' did not answer at {endpoint.AdminUrl} ({silence.Tries} {(silence.Tries == 1 ? "try" : "tries")}, last: {silence.LastError}). "
        + $"Check that it runs and that the admin URL of {endpoint.Name} in instances.yaml is right.";

    public static string ServerFault(AdminEndpoint endpoint, Exchange.Answered answer, string what) =>
        $"'{endpoint.Name}' answered {answer.Code} to {what}{Detail(answer)}. Look at the log of {endpoint.Name} or of the proxy in front of it.";

    public static string Refused(AdminEndpoint endpoint, Exchange.Answered answer, string what) => answer.Code switch
    {
        401 => endpoint.Access switch
        {
            Access.Bearer => $"'{endpoint.Name}' answered 401 to {what}: its token was refused, or may not do this. Check access.token of {endpoint.Name} in instances.yaml.",
            Access.Login => $"'{endpoint.Name}' answered 401 to {what}: the user may not do this. Give the user of {endpoint.Name} the permission \"*\" in its adminAuth.",
            _ => $"'{endpoint.Name}' answered 401 to {what}: it wants a login. Set access.token of {endpoint.Name} in instances.yaml.",
        },
        403 => $"'{endpoint.Name}' answered 403 to {what}{Detail(answer)}. Allow it in the settings of {endpoint.Name}, or in the proxy in front of it.",
        404 => $"'{endpoint.Name}' answered 404 to {what}: there is no admin API at {endpoint.AdminUrl}. Check the admin URL of {endpoint.Name} in instances.yaml and httpAdminRoot in its settings.",
        413 => $"'{endpoint.Name}' answered 413 to {what}: the flows are larger than it takes. Raise apiMaxLength in the settings of {endpoint.Name}.",
        >= 300 and < 400 => $"'{endpoint.Name}' answered {answer.Code} (a redirect) to {what}; the engine does not follow it with its token. Set the final admin URL of {endpoint.Name} in instances.yaml.",
        _ => $"'{endpoint.Name}' answered {answer.Code} to {what}{Detail(answer)}. Look at the log of {endpoint.Name}.",
    };

    public static string NotNodeRed(AdminEndpoint endpoint, Exchange.Answered answer, string what) =>
        $"'{endpoint.Name}' answered {what} with {(answer.MediaType.Length > 0 ? answer.MediaType : "no content type")} instead of JSON. "
        + $"Check that {endpoint.AdminUrl} is the admin root of {endpoint.Name} and not a web page or a login.";

    private static string Detail(Exchange.Answered answer) => answer.Fault() switch
    {
        ({ Length: > 0 } code, { Length: > 0 } message) => $" ({code}: {message})",
        ({ Length: > 0 } code, _) => $" ({code})",
        _ => "",
    };
}
