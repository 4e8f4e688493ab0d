# What Heard needs in Request Tracker: its user and rights, a field for tags, and the scrip that sends each change.
our @Users = ({ Name => 'heard', RealName => 'Heard', EmailAddress => 'heard@support.acme.test', Privileged => 1 });
our @CustomFields = ({ Name => 'Tags', Type => 'FreeformMultiple', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 0 });
our @ScripActions = ({ Name => 'Send to Heard', Description => 'Sends the ticket to Heard', ExecModule => 'Heard' });
our @Scrips = ({ Description => 'Send each change to Heard', ScripCondition => 'On Transaction',
    ScripAction => 'Send to Heard', Template => 'Blank', Queue => 0 });
our @Final = (sub {
    my $system = RT->SystemUser;
    my $heard = RT::User->new($system);
    $heard->Load('heard');
    for my $right (qw(SeeQueue ShowTicket ShowTicketComments ReplyToTicket CommentOnTicket ModifyTicket SeeCustomField)) {
        my ($done, $why) = $heard->PrincipalObj->GrantRight(Right => $right, Object => RT->System);
        die "$right: $why" unless $done;
    }
    # Agents escalate by the tag.
    my $tags = RT::CustomField->new($system);
    $tags->LoadByName(Name => 'Tags', LookupType => 'RT::Queue-RT::Ticket');
    my $agents = RT::Group->new($system);
    $agents->LoadSystemInternalGroup('Privileged');
    $agents->PrincipalObj->GrantRight(Right => $_, Object => $tags) for qw(SeeCustomField ModifyCustomField);
    # Heard's answers do not open a ticket again.
    my $opens = RT::Scrip->new($system);
    $opens->LoadByCols(Description => 'On Correspond Open Inactive Tickets');
    if ($opens->id) {
        $opens->SetCustomIsApplicableCode(
            q{$self->TransactionObj->Type eq 'Correspond' && $self->TransactionObj->CreatorObj->Name ne 'heard'});
        $opens->SetScripCondition('User Defined');
    }
    my ($id, $why, $token) = RT::AuthToken->new($system)->Create(Owner => $heard->id, Description => 'Heard');
    die $why unless $id;
    print "The token of the user heard: $token\n";
});
